// Before the first paint, so that a dark page never flashes light.
(() => {
  const kept = localStorage.getItem("ez.theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
