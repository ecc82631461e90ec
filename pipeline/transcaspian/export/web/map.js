/* The map of a published run: layers, popups, a depth profile by KP, search and a permalink; it asks no other host. */
"use strict";

const PIXELS_PER_MM = 96 / 25.4;
const DASHES = { solid: null, dash: [4, 2], dot: [1, 2] };
const PARTS = ["area", "line", "point"]; // of a layer, from below
const EDGE_PIXELS = 1.2;
const ZOOMS_BEFORE_LABELS = 1.5; // points that are labelled from some scale on are seen from a little before it
const MAX_LABELS = 300;
const MAX_HITS = 30;
const el = (id) => document.getElementById(id);
const data = new Map(); // what was fetched, by the name of its layer
let about, map, profile, cursorMarker, system;

function make(tag, given = {}, ...inside) {
  const node = Object.assign(document.createElement(tag), given);
  node.append(...inside);
  return node;
}

async function fetched(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${answer.statusText}`);
  return answer.json();
}

function trouble(text) {
  el("trouble").textContent = text;
  el("trouble").hidden = false;
}

// --- permalink: the place, the layers that are on, the route and its KP -------------------------------------------
function readLink() {
  return new URLSearchParams(location.hash.slice(1));
}

function writeLink() {
  const at = map.getCenter();
  const on = [...document.querySelectorAll("#panel input:checked")].map((box) => box.value);
  const link = new URLSearchParams({ at: [map.getZoom().toFixed(2), at.lat.toFixed(5), at.lng.toFixed(5)].join("/") });
  link.set("layers", on.join(","));
  if (system) link.set("route", system);
  if (profile?.at != null) link.set("kp", profile.kp_km[profile.at].toFixed(3));
  history.replaceState(null, "", "#" + link);
}

// --- how layers are drawn -------------------------------------------------------------------------------------------
function byClass(style, of, otherwise) {
  if (style.bands.length) {
    const value = ["to-number", ["get", style.attribute], NaN];
    const steps = style.bands.flatMap((band) => [["all", [">=", value, band.low], ["<=", value, band.high]], of(band.symbol)]);
    return ["case", ["==", ["get", style.attribute], null], otherwise, ...steps, otherwise];
  }
  if (!style.categories.length) return otherwise;
  const cases = style.categories.flatMap((one) => [one.value, of(one.symbol)]);
  return ["match", ["to-string", ["get", style.attribute]], ...cases, otherwise];
}

function isShape(type) {
  return ["match", ["geometry-type"], [type, "Multi" + type], true, false];
}

function icon(symbol) {
  const name = [symbol.marker, symbol.colour, symbol.size_mm, "marker"].join("/");
  if (!map.hasImage(name)) map.addImage(name, drawnMarker(symbol), { pixelRatio: 2 });
  return name;
}

function drawnMarker(symbol) {
  const size = Math.max(8, Math.round(symbol.size_mm * PIXELS_PER_MM * 2)) + 4;
  const canvas = make("canvas", { width: size, height: size });
  const pen = canvas.getContext("2d");
  markerPath(pen, symbol.marker, size / 2, size / 2 - 2);
  pen.fillStyle = symbol.colour;
  pen.strokeStyle = "#fff";
  pen.lineWidth = 1.5;
  pen.fill();
  pen.stroke();
  return pen.getImageData(0, 0, size, size);
}

function markerPath(pen, marker, middle, radius) {
  const corners = { square: 4, diamond: 4, triangle: 3, star: 10, cross: 12 }[marker];
  pen.beginPath();
  if (!corners) return pen.arc(middle, middle, radius, 0, 2 * Math.PI);
  for (let i = 0; i < corners; i++) {
    const turn = { square: Math.PI / 4 }[marker] || 0;
    const far = marker === "star" && i % 2 ? 0.45 : marker === "cross" && i % 3 === 1 ? 0.4 : 1;
    const angle = turn - Math.PI / 2 + (2 * Math.PI * i) / corners;
    pen.lineTo(middle + radius * far * Math.cos(angle), middle + radius * far * Math.sin(angle));
  }
  pen.closePath();
}

function hatch(symbol) {
  const name = ["hatch", symbol.colour].join("/");
  if (map.hasImage(name)) return name;
  const canvas = make("canvas", { width: 12, height: 12 });
  const pen = canvas.getContext("2d");
  pen.strokeStyle = symbol.colour;
  for (const shift of [-12, 0, 12]) {
    pen.moveTo(shift, 12);
    pen.lineTo(shift + 12, 0);
  }
  pen.stroke();
  map.addImage(name, pen.getImageData(0, 0, 12, 12), { pixelRatio: 2 });
  return name;
}

function addLayer(layer, before) {
  const style = layer.style;
  const colour = byClass(style, (symbol) => symbol.colour, style.symbol.colour);
  const width = byClass(style, (symbol) => symbol.size_mm * PIXELS_PER_MM, style.symbol.size_mm * PIXELS_PER_MM);
  const base = { source: layer.name };
  if (style.symbol.fill !== "none" || style.categories.some((one) => one.symbol.fill !== "none")) {
    const paint = style.symbol.fill === "hatched" ? { "fill-pattern": byClass(style, hatch, hatch(style.symbol)) }
      : { "fill-color": colour, "fill-opacity": 0.35 * style.symbol.opacity };
    map.addLayer({ ...base, id: layer.name + ":area", type: "fill", filter: isShape("Polygon"), paint }, before);
  }
  const dash = DASHES[style.symbol.dash];
  const thin = ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], EDGE_PIXELS, width]; // of areas the size is of their points
  const line = { "line-color": colour, "line-width": thin, "line-opacity": style.symbol.opacity };
  if (dash) line["line-dasharray"] = dash;
  map.addLayer({ ...base, id: layer.name + ":line", type: "line", filter: ["!", isShape("Point")], paint: line }, before);
  const layout = { "icon-image": byClass(style, icon, icon(style.symbol)), "icon-allow-overlap": true };
  const minzoom = Math.max(0, layer.label_from_zoom - ZOOMS_BEFORE_LABELS);
  map.addLayer({ ...base, id: layer.name + ":point", type: "symbol", filter: isShape("Point"), minzoom, layout }, before);
}

async function collection(layer) {
  if (!data.has(layer.name)) data.set(layer.name, await fetched(layer.file));
  return data.get(layer.name);
}

async function show(layer, on) {
  const box = document.querySelector(`#panel input[value="${layer.name}"]`);
  if (box) box.checked = on;
  if (on && !map.getSource(layer.name)) {
    map.addSource(layer.name, { type: "geojson", data: await collection(layer), tolerance: 0.1 });
    addLayer(layer, above(layer));
  }
  for (const part of PARTS) {
    const id = `${layer.name}:${part}`;
    if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
  }
  placeLabels();
}

/* The lowest part, that is there, of the layers that are drawn over this one. */
function above(layer) {
  const over = layers().slice(0, layers().indexOf(layer)).reverse();
  return over.flatMap((one) => PARTS.map((part) => `${one.name}:${part}`)).find((id) => map.getLayer(id));
}

function layers() {
  return about.groups.flatMap((group) => group.layers);
}

function isOn(layer) {
  return document.querySelector(`#panel input[value="${layer.name}"]`).checked;
}

// --- legend ---------------------------------------------------------------------------------------------------------
function swatch(symbol) {
  const canvas = make("canvas", { width: 22, height: 14 });
  canvas.setAttribute("aria-hidden", "true");
  const pen = canvas.getContext("2d");
  pen.fillStyle = pen.strokeStyle = symbol.colour;
  pen.lineWidth = Math.min(6, Math.max(1, symbol.size_mm * PIXELS_PER_MM));
  pen.setLineDash((DASHES[symbol.dash] || []).map((length) => length * 2));
  if (symbol.shape === "Point") {
    pen.translate(4, 0);
    markerPath(pen, symbol.marker, 7, 5);
    pen.fill();
  } else if (symbol.fill !== "none") {
    pen.globalAlpha = 0.5;
    pen.fillRect(1, 1, 20, 12);
    pen.globalAlpha = 1;
    pen.strokeRect(1, 1, 20, 12);
  } else {
    pen.moveTo(0, 7);
    pen.lineTo(22, 7);
    pen.stroke();
  }
  return canvas;
}

function legend(layer) {
  const classes = [...layer.style.categories, ...layer.style.bands];
  const rows = classes.length ? classes : [{ label: layer.style.name, symbol: layer.style.symbol }];
  return make("ul", {}, ...rows.map((row) => make("li", {}, swatch({ ...row.symbol, shape: layer.shape }), row.label)));
}

function buildPanel(wanted) {
  for (const group of about.groups) {
    const inside = group.layers.map((layer) => {
      const on = wanted ? wanted.includes(layer.name) : layer.shown;
      const box = make("input", { type: "checkbox", value: layer.name, checked: on });
      box.addEventListener("change", () => show(layer, box.checked).then(writeLink));
      return make("div", {}, make("label", { title: layer.meaning }, box, " " + layer.title), legend(layer));
    });
    const open = group.layers.some((layer) => layer.shown);
    el("panel").append(make("details", { open }, make("summary", {}, group.title), ...inside));
  }
  const toggle = (shown) => {
    el("panel").hidden = !shown;
    el("panel-button").setAttribute("aria-expanded", String(shown));
    map.resize();
  };
  el("panel-button").addEventListener("click", () => toggle(el("panel").hidden));
  if (innerWidth <= 700) toggle(false);
}

// --- popups ---------------------------------------------------------------------------------------------------------
function written(value, field) {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return String(value);
  const decimals = field.decimals ?? (Number.isInteger(value) ? 0 : 3);
  return value.toFixed(decimals) + (field.unit ? ` ${field.unit}` : "");
}

function described(layer, properties, open) {
  const rows = layer.fields.map((field) => [field.title, written(properties[field.name], field)]);
  const cells = rows.filter(([, text]) => text !== null)
    .map(([title, text]) => make("tr", {}, make("th", { scope: "row" }, title), make("td", {}, text)));
  const head = `${layer.title}: ${titleOf(layer, properties)}`;
  return make("details", { open }, make("summary", {}, head), make("table", {}, make("tbody", {}, ...cells)));
}

function titleOf(layer, properties) {
  const names = ["name", "title", layer.key, "system_id"];
  return names.map((name) => properties[name]).find((value) => value !== null && value !== undefined && value !== "") ?? "";
}

function popup(lngLat, found) {
  const box = make("div", {}, ...found.map(([layer, properties], index) => described(layer, properties, index === 0)));
  new maplibregl.Popup({ maxWidth: "360px" }).setLngLat(lngLat).setDOMContent(box).addTo(map);
}

function clicked(event) {
  const { x, y } = event.point;
  const near = map.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]]).filter((one) => one.source !== "depth");
  const found = new Map();
  for (const one of near) {
    const layer = layers().find((item) => item.name === one.source);
    const key = [one.source, ...layer.keys.map((name) => one.properties[name])].join("/");
    if (!found.has(key)) found.set(key, [layer, one.properties]);
  }
  if (found.size) popup(event.lngLat, [...found.values()].slice(0, 8));
}

// --- labels: HTML over the map, the first ones win ------------------------------------------------------------------
function anchorOf(geometry) {
  let at = geometry?.coordinates;
  if (!at) return null;
  if (geometry.type === "LineString") return at[Math.floor(at.length / 2)];
  while (Array.isArray(at[0])) at = at[Math.floor(at.length / 2)];
  return at;
}

function textOf(layer, properties) {
  if (layer.label === "kp_km") return properties.kp_km % 10 < 0.001 ? `KP ${Math.round(properties.kp_km)}` : "";
  return properties[layer.label] ?? "";
}

function placeLabels() {
  const box = map.getContainer().querySelector(".labels");
  const taken = [];
  const placed = [];
  const bounds = map.getBounds();
  for (const layer of about.labelled) {
    if (!isOn(layer) || !data.has(layer.name) || map.getZoom() < layer.label_from_zoom) continue;
    for (const feature of data.get(layer.name).features) {
      const at = anchorOf(feature.geometry);
      const text = String(textOf(layer, feature.properties));
      if (!at || !text || placed.length >= MAX_LABELS || !bounds.contains(at)) continue;
      const { x, y } = map.project(at);
      const area = [x + 6, y - 8, x + 12 + 7 * text.length, y + 10];
      if (taken.some((other) => area[0] < other[2] && other[0] < area[2] && area[1] < other[3] && other[1] < area[3])) continue;
      taken.push(area);
      const label = make("span", { textContent: text, className: layer.name === "landing_points" ? "first" : "" });
      label.style.transform = `translate(${Math.round(area[0])}px, ${Math.round(area[1])}px)`;
      placed.push(label);
    }
  }
  box.replaceChildren(...placed);
}

// --- the profile, linked by KP --------------------------------------------------------------------------------------
const CHART = { left: 48, right: 22, top: 6, bottom: 18 };

function svg(tag, given = {}) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(given)) node.setAttribute(name, value);
  return node;
}

function scales() {
  const { width, height } = el("chart").getBoundingClientRect();
  const deepest = Math.max(1, ...profile.depth_m.map((depth, i) => (depth ?? 0) + (profile.depth_error_m[i] ?? 0)));
  const length = profile.kp_km.at(-1);
  return {
    x: (kp) => CHART.left + ((width - CHART.left - CHART.right) * kp) / length,
    y: (depth) => CHART.top + ((height - CHART.top - CHART.bottom) * depth) / deepest,
    kp: (x) => ((x - CHART.left) / (width - CHART.left - CHART.right)) * length,
    deepest, length, width, height,
  };
}

function pathOf(points) {
  let pen = "M";
  return points.map((point) => {
    if (point === null) { pen = "M"; return ""; }
    const step = pen + point.map((value) => value.toFixed(1)).join(" ");
    pen = "L";
    return step;
  }).join("");
}

function niceStep(range, count) {
  const rough = range / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

function drawProfile() {
  const { x, y, deepest, length, width, height } = scales();
  const at = (i, shift) => (profile.depth_m[i] === null ? null : [x(profile.kp_km[i]), y(Math.max(0, profile.depth_m[i] + shift * (profile.depth_error_m[i] ?? 0)))]);
  const all = profile.kp_km.map((_, i) => i);
  const known = all.filter((i) => profile.depth_m[i] !== null);
  const band = [...known.map((i) => at(i, -1)), ...known.reverse().map((i) => at(i, 1))];
  const parts = [svg("path", { d: pathOf(band) + "Z", fill: "#cfe6f5" }), svg("path", { d: pathOf(all.map((i) => at(i, 0))), fill: "none", stroke: "#0072b2", "stroke-width": 1.5 })];
  for (let depth = 0; depth <= deepest; depth += niceStep(deepest, 4)) parts.push(tick(`${depth} m`, { x: CHART.left - 4, y: y(depth) + 4, "text-anchor": "end" }));
  for (let kp = 0; kp <= length; kp += niceStep(length, 8)) parts.push(tick(`KP ${kp}`, { x: x(kp), y: height - 4, "text-anchor": "middle" }));
  parts.push(svg("line", { id: "cursor", y1: CHART.top, y2: height - CHART.bottom, stroke: "#d55e00", visibility: "hidden" }));
  el("chart").setAttribute("viewBox", `0 0 ${width} ${height}`);
  el("chart").replaceChildren(...parts);
  el("chart").setAttribute("aria-valuemax", length.toFixed(1));
  if (profile.at != null) pointAt(profile.at);
}

function tick(text, given) {
  const node = svg("text", given);
  node.textContent = text;
  return node;
}

function pointAt(index) {
  profile.at = Math.min(profile.kp_km.length - 1, Math.max(0, index));
  const i = profile.at;
  const { x } = scales();
  const depth = profile.depth_m[i] === null ? "insufficient information" : `${profile.depth_m[i].toFixed(0)} m` + (profile.depth_error_m[i] === null ? "" : ` ± ${profile.depth_error_m[i].toFixed(0)} m`);
  const text = `KP ${profile.kp_km[i].toFixed(2)} km, depth ${depth}`;
  el("readout").textContent = text;
  el("chart").setAttribute("aria-valuenow", profile.kp_km[i].toFixed(2));
  el("chart").setAttribute("aria-valuetext", text);
  const cursor = el("cursor");
  for (const end of ["x1", "x2"]) cursor.setAttribute(end, x(profile.kp_km[i]));
  cursor.setAttribute("visibility", "visible");
  cursorMarker.setLngLat([profile.lon_deg[i], profile.lat_deg[i]]).addTo(map);
}

function sampleAt(kp) {
  let low = 0, high = profile.kp_km.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (profile.kp_km[middle] <= kp) low = middle; else high = middle;
  }
  return kp - profile.kp_km[low] < profile.kp_km[high] - kp ? low : high;
}

function alongRoute(event) {
  const near = [event.point.x, event.point.y];
  let best = 20 ** 2, found = -1;
  profile.lon_deg.forEach((lon, i) => {
    const { x, y } = map.project([lon, profile.lat_deg[i]]);
    const far = (x - near[0]) ** 2 + (y - near[1]) ** 2;
    if (far < best) { best = far; found = i; }
  });
  if (found >= 0) pointAt(found);
}

function takeRoute(id) {
  system = id;
  profile = about.profiles[id];
  el("profile").hidden = !profile;
  el("system").value = id;
  cursorMarker.remove();
  if (profile) drawProfile();
}

function toKp(kp) {
  pointAt(sampleAt(kp));
  map.flyTo({ center: [profile.lon_deg[profile.at], profile.lat_deg[profile.at]], zoom: Math.max(map.getZoom(), 9) });
  writeLink();
}

function linkProfile() {
  for (const one of about.systems) el("system").append(make("option", { value: one.id }, `${one.name} (${one.id})`));
  el("system").addEventListener("change", () => { takeRoute(el("system").value); writeLink(); });
  el("chart").addEventListener("pointermove", (event) => pointAt(sampleAt(scales().kp(event.offsetX))));
  el("chart").addEventListener("click", (event) => toKp(scales().kp(event.offsetX)));
  el("chart").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, PageUp: 40, PageDown: -40 }[event.key];
    const end = { Home: 0, End: profile.kp_km.length - 1 }[event.key];
    if (step === undefined && end === undefined) return;
    event.preventDefault();
    pointAt(end ?? (profile.at ?? 0) + step);
    writeLink();
  });
  map.on("mousemove", (event) => { if (profile) alongRoute(event); });
  addEventListener("resize", () => { if (profile) drawProfile(); });
}

// --- search ---------------------------------------------------------------------------------------------------------
function boundsOf(geometry) {
  const box = new maplibregl.LngLatBounds();
  const walk = (part) => (typeof part[0] === "number" ? box.extend(part) : part.forEach(walk));
  walk(geometry.coordinates);
  return box;
}

async function search(words) {
  const kp = /^(?:kp\s*)?(\d+(?:\.\d+)?)$/i.exec(words);
  const hits = [];
  if (kp && profile && Number(kp[1]) <= profile.kp_km.at(-1)) {
    hits.push([`KP ${kp[1]} of ${system}`, () => toKp(Number(kp[1]))]);
  }
  const wanted = words.toLowerCase();
  for (const layer of words.length > 1 ? layers().filter((one) => one.searched) : []) {
    for (const feature of (await collection(layer)).features) {
      const texts = layer.searched.map((name) => feature.properties[name]).filter((text) => typeof text === "string");
      if (!feature.geometry || !texts.some((text) => text.toLowerCase().includes(wanted))) continue;
      hits.push([`${titleOf(layer, feature.properties)} – ${layer.title}`, () => goTo(layer, feature)]);
      if (hits.length >= MAX_HITS) return hits;
    }
  }
  return hits;
}

async function goTo(layer, feature) {
  await show(layer, true);
  map.fitBounds(boundsOf(feature.geometry), { padding: 80, maxZoom: 11 });
  popup(anchorOf(feature.geometry), [[layer, feature.properties]]);
  writeLink();
}

function linkSearch() {
  let last = 0;
  const look = async () => {
    const turn = ++last;
    const words = el("words").value.trim();
    const hits = words ? await search(words) : [];
    if (turn !== last) return;
    const rows = hits.map(([text, go]) => {
      const button = make("button", { type: "button", textContent: text });
      button.addEventListener("click", () => { el("hits").replaceChildren(); go(); });
      return make("li", {}, button);
    });
    el("hits").replaceChildren(...(words && !rows.length ? [make("li", { textContent: "nothing found" })] : rows));
  };
  el("words").addEventListener("input", look);
  el("search").addEventListener("submit", (event) => {
    event.preventDefault();
    look().then(() => el("hits").querySelector("button")?.click());
  });
}

// --- begin ----------------------------------------------------------------------------------------------------------
function baseStyle() {
  const [west, south, east, north] = about.bounds;
  const corners = [[west, north], [east, north], [east, south], [west, south]];
  return {
    version: 8,
    sources: { depth: { type: "image", url: about.depth, coordinates: corners } },
    layers: [
      { id: "land", type: "background", paint: { "background-color": about.land } },
      { id: "depth", type: "raster", source: "depth", paint: { "raster-fade-duration": 0 } },
    ],
  };
}

async function begin() {
  about = await fetched("map.json");
  about.labelled = layers().filter((layer) => layer.label).sort((a, b) => a.label_rank - b.label_rank);
  document.title = about.title;
  el("title").textContent = about.title;
  el("about").textContent = `revision ${about.revision}, run ${about.run}, ${about.created_utc.slice(0, 10)}`;
  el("sources").textContent = `Sources: ${about.sources.join("; ")}. Not for navigation.`;
  const link = readLink();
  map = new maplibregl.Map({ container: "map", style: baseStyle(), bounds: about.view, fitBoundsOptions: { padding: 30 }, attributionControl: false, dragRotate: false, pitchWithRotate: false, fadeDuration: 0 });
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  map.addControl(new maplibregl.ScaleControl({ unit: "metric" }));
  map.addControl(new maplibregl.ScaleControl({ unit: "nautical" }));
  map.getContainer().append(make("div", { className: "labels" }));
  cursorMarker = new maplibregl.Marker({ color: "#d55e00", scale: 0.7 });
  buildPanel(link.get("layers")?.split(","));
  await map.once("load");
  await Promise.all(layers().filter(isOn).map((layer) => show(layer, true)));
  linkProfile();
  linkSearch();
  takeRoute(about.systems.some((one) => one.id === link.get("route")) ? link.get("route") : about.systems[0].id);
  const [zoom, lat, lng] = (link.get("at") ?? "").split("/").map(Number);
  if (Number.isFinite(lng)) map.jumpTo({ center: [lng, lat], zoom });
  if (profile && link.get("kp")) pointAt(sampleAt(Number(link.get("kp"))));
  map.on("click", clicked);
  map.on("move", placeLabels);
  map.on("moveend", writeLink);
  placeLabels();
  await map.once("idle");
  document.body.dataset.drawn = String(Math.round(performance.now()));
}

begin().catch((error) => trouble(`The map cannot be shown: ${error.message}. It needs WebGL and a file server; report.html has a map that needs neither.`));
