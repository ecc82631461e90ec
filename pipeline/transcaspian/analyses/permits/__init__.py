"""What permits are asked with: the register of crossings and neighbours, and the protection zone of each cable."""
