"use strict";
// Links the map and the profiles by kilometre point. Without it the page still shows everything.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const map = document.getElementById("map");
  const cursor = document.getElementById("map-cursor");
  const readout = document.getElementById("readout");
  const slider = document.getElementById("kp");
  const chooser = document.getElementById("system");
  const profiles = new Map([...document.querySelectorAll("svg.profile")].map((svg) => [svg.dataset.system, svg]));
  const NEAR_PIXELS = 60;
  const ZOOM_STEP = 1.5;
  const MAX_ZOOM = 60;
  const PRINTED_PIXELS = [703, 623]; // the map on A4: 186 by 165 mm

  // --- the place that both show
  const nearestIndex = (values, wanted) => {
    let low = 0;
    let high = values.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (values[middle] < wanted) low = middle;
      else high = middle;
    }
    return wanted - values[low] <= values[high] - wanted ? low : high;
  };
  const angle = (degrees, positive, negative) => {
    const whole = Math.floor(Math.abs(degrees) + 1e-9);
    const minutes = ((Math.abs(degrees) - whole) * 60).toFixed(3).padStart(6, "0");
    return `${whole}° ${minutes}′ ${degrees < 0 ? negative : positive}`;
  };
  const figure = (value, decimals, unit) =>
    value === null ? "insufficient information" : `${value.toFixed(decimals).replace("-", "−")} ${unit}`;
  const show = (system, index) => {
    const own = data[system];
    if (!own || !own.kp.length) return;
    const kp = own.kp[index];
    cursor.setAttribute("transform", `translate(${own.x[index]},${own.y[index]})`);
    cursor.classList.remove("off");
    const svg = profiles.get(system);
    if (svg) {
      const left = Number(svg.dataset.left);
      const x = left + (kp / Number(svg.dataset.end)) * (Number(svg.dataset.right) - left);
      const line = svg.querySelector(".cursor-line");
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      line.classList.remove("off");
    }
    const along = own.segments.find((item) => kp >= item[0] && kp <= item[1]);
    const parts = [
      `${system} · KP ${kp.toFixed(2)} km`,
      `${angle(own.lat[index], "N", "S")}, ${angle(own.lon[index], "E", "W")}`,
      `depth ${figure(own.depth[index], 0, "m")}`,
      `slope in line ${figure(own.inline[index], 1, "°")}, side ${figure(own.side[index], 1, "°")}`,
    ];
    if (along) parts.push(along[2], along[3]);
    readout.textContent = parts.join(" · ");
    slider.value = kp;
    slider.setAttribute("aria-valuetext", `KP ${kp.toFixed(1)} km, depth ${figure(own.depth[index], 0, "m")}`);
  };
  const choose = (system) => {
    chooser.value = system;
    for (const [id, svg] of profiles) svg.parentElement.classList.toggle("off", id !== system);
    const own = data[system];
    slider.max = own && own.kp.length ? own.kp[own.kp.length - 1] : 1;
    slider.disabled = !own || !own.kp.length;
  };
  chooser.addEventListener("change", () => {
    choose(chooser.value);
    show(chooser.value, 0);
  });
  slider.addEventListener("input", () => show(chooser.value, nearestIndex(data[chooser.value].kp, Number(slider.value))));
  for (const [id, svg] of profiles) {
    svg.addEventListener("pointermove", (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const left = Number(svg.dataset.left);
      const share = (at.x - left) / (Number(svg.dataset.right) - left);
      if (share >= 0 && share <= 1) show(id, nearestIndex(data[id].kp, share * Number(svg.dataset.end)));
    });
  }

  // --- the map: what part of it is seen
  const home = map.dataset.home.split(" ").map(Number);
  let view = [...home];
  const unitsPerPixel = () => {
    const box = map.getBoundingClientRect();
    return Math.max(view[2] / box.width, view[3] / box.height);
  };
  const apply = () => {
    map.setAttribute("viewBox", view.map((value) => value.toFixed(3)).join(" "));
    map.style.setProperty("--k", unitsPerPixel());
    map.classList.toggle("zoomed", view[2] < home[2] * 0.99);
  };
  const zoom = (factor, x, y) => {
    const width = Math.min(Math.max(view[2] / factor, home[2] / MAX_ZOOM), Number(map.dataset.width) * 1.5);
    const done = view[2] / width;
    view = [x - (x - view[0]) / done, y - (y - view[1]) / done, width, view[3] / done];
    apply();
  };
  const middle = () => [view[0] + view[2] / 2, view[1] + view[3] / 2];
  const pan = (dx, dy) => {
    view[0] += dx;
    view[1] += dy;
    apply();
  };
  const onMap = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  document.getElementById("zoom-in").addEventListener("click", () => zoom(ZOOM_STEP, ...middle()));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / ZOOM_STEP, ...middle()));
  document.getElementById("zoom-home").addEventListener("click", () => {
    view = [...home];
    apply();
  });
  map.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== map) return; // the page scrolls until the map is chosen
    event.preventDefault();
    const at = onMap(event);
    zoom(event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP, at.x, at.y);
  }, { passive: false });
  map.addEventListener("keydown", (event) => {
    const step = 0.1 * view[2];
    const moves = {
      ArrowLeft: () => pan(-step, 0), ArrowRight: () => pan(step, 0), ArrowUp: () => pan(0, -step), ArrowDown: () => pan(0, step),
      "+": () => zoom(ZOOM_STEP, ...middle()), "=": () => zoom(ZOOM_STEP, ...middle()),
      "-": () => zoom(1 / ZOOM_STEP, ...middle()), 0: () => { view = [...home]; apply(); },
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moves[event.key]();
  });
  let held = null;
  map.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" && !map.classList.contains("zoomed")) return;
    held = { x: event.clientX, y: event.clientY };
    map.setPointerCapture(event.pointerId);
  });
  const release = () => { held = null; };
  map.addEventListener("pointerup", release);
  map.addEventListener("pointercancel", release);
  map.addEventListener("pointermove", (event) => {
    if (held) {
      const scale = unitsPerPixel();
      pan((held.x - event.clientX) * scale, (held.y - event.clientY) * scale);
      held = { x: event.clientX, y: event.clientY };
      return;
    }
    const at = onMap(event);
    const reach = NEAR_PIXELS * unitsPerPixel();
    let best = null;
    let least = reach * reach;
    for (const [id, own] of Object.entries(data)) {
      for (let i = 0; i < own.kp.length; i += 1) {
        const square = (own.x[i] - at.x) ** 2 + (own.y[i] - at.y) ** 2;
        if (square < least) {
          least = square;
          best = [id, i];
        }
      }
    }
    if (!best) return;
    if (best[0] !== chooser.value) choose(best[0]);
    show(...best);
  });

  // --- layers, and paper
  for (const box of document.querySelectorAll("input[data-toggles]")) {
    const group = map.querySelector(`[data-layer="${box.dataset.toggles}"]`);
    box.addEventListener("change", () => group.classList.toggle("off", !box.checked));
  }
  window.addEventListener("beforeprint", () => {
    for (const item of document.querySelectorAll("details")) item.open = true;
    map.style.setProperty("--k", Math.max(view[2] / PRINTED_PIXELS[0], view[3] / PRINTED_PIXELS[1]));
  });
  window.addEventListener("afterprint", apply);
  window.addEventListener("resize", apply);
  if (chooser.options.length) choose(chooser.options[0].value);
  apply();
})();
