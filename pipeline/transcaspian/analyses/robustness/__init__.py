"""How sure a route is: what is uncertain is drawn again and again, and routes are counted. Arrays in, arrays out."""
