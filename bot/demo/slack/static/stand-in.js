"use strict";
// Only an improvement: looks every two seconds whether something is new, and shows it unless somebody is typing.
(() => {
  const me = document.currentScript;
  if (!me || !me.dataset.poll) return;
  let typed = false;
  document.addEventListener("input", () => { typed = true; });
  document.getElementById("latest")?.scrollIntoView({ block: "end" });
  const look = async () => {
    try {
      const answer = await fetch(me.dataset.poll, { headers: { Accept: "application/json" } });
      const { version } = await answer.json();
      if (answer.ok && version !== me.dataset.version) {
        if (typed) document.querySelector("[data-fresh]")?.removeAttribute("hidden");
        else { window.location.reload(); return; }
      }
    } catch { /* the demo was stopped; the page stays readable */ }
    window.setTimeout(look, 2000);
  };
  window.setTimeout(look, 2000);
})();
