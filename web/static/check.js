/* A slider beside each list of values of the what-if page. The list says what is chosen, and works without this. */
for (const list of document.querySelectorAll("select[data-slider]")) {
  const slider = document.createElement("input");
  const last = list.options.length - 1;
  const show = () => {
    slider.value = list.selectedIndex;
    slider.setAttribute("aria-valuetext", list.options[list.selectedIndex].text);
  };
  Object.assign(slider, { type: "range", min: 0, max: last, step: 1 });
  slider.setAttribute("aria-label", list.labels[0].textContent);
  slider.addEventListener("input", () => {
    list.selectedIndex = slider.valueAsNumber;
    show();
  });
  list.addEventListener("change", show);
  list.before(slider);
  show();
}
