// The only script: a copy button beside each command, and no needless tab stop at a table that does not scroll.
"use strict";
const said = document.createElement("p");
said.className = "unseen";
said.setAttribute("role", "status");
document.body.append(said);

for (const command of document.querySelectorAll("pre.command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy the command" + (command.dataset.of ? " " + command.dataset.of : ""));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(command.textContent);
      said.textContent = "Copied.";
      button.textContent = "Copied";
    } catch {
      // No clipboard over plain HTTP from another machine: select the text, so that one key copies it.
      getSelection().selectAllChildren(command);
      said.textContent = "Selected; press Ctrl and C to copy.";
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
  });
  command.before(button);
}

function tabStops() {
  for (const table of document.querySelectorAll(".scroll")) {
    if (table.scrollWidth > table.clientWidth) table.tabIndex = 0; else table.removeAttribute("tabindex");
  }
}
tabStops();
addEventListener("resize", tabStops);
