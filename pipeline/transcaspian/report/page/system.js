"use strict";
// On paper all tables are open. Without it the page shows everything that it shows on a screen.
(() => {
  const folded = [...document.querySelectorAll("details:not([open])")];
  window.addEventListener("beforeprint", () => { for (const item of folded) item.open = true; });
  window.addEventListener("afterprint", () => { for (const item of folded) item.open = false; });
})();
