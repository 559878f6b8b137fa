// Sets the theme before the first paint, so that a dark page does not flash white. Not a module: those come too late.
(() => {
  let theme = "auto";
  try {
    theme = JSON.parse(localStorage.getItem("yardmaster-preferences") ?? "{}").theme;
  } catch {
    // storage is off: as the system likes it
  }
  const dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
