/* One SVG sprite with our own glyphs (static/src/icons) and the Lucide icons that the product names.
 *
 * Names are found where they are written: {% icon "name" %}, icon="name" in a template or in Python, icon("name") in
 * our modules. A name that Lucide does not have stops the build and says where it stands. "star-fill" is "star" filled
 * with its own colour. Icons chosen by data (icon=entry.icon) are written as icon="name" in the Python that makes them. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

const NAMED = [
  /\{%\s*icon\s+["']([a-z0-9-]+)["']/g,
  /(?<![\w-])icon=["']([a-z0-9-]+)["']/g,
  /\bicon\(["']([a-z0-9-]+)["']/g,
];
const PLACES = ["templates", "static/src/js", "kit", "accounts", "payments", "marketplace", "studio", "courses"];
const READ = /\.(html|js|py)$/;
// The admin's own icons belong to its theme.
const SKIP = /(^|\/)(admin(\.py)?|migrations|node_modules)(\/|$)/;

async function* sources(folder) {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch {
    return; // a storey that does not exist yet
  }
  for (const entry of entries) {
    const name = path.join(folder, entry.name);
    if (SKIP.test(name)) continue;
    if (entry.isDirectory()) yield* sources(name);
    else if (READ.test(entry.name)) yield name;
  }
}

export async function namesInUse(root) {
  const used = new Map();
  for (const place of PLACES) {
    for await (const file of sources(path.join(root, place))) {
      const text = await readFile(file, "utf8");
      for (const pattern of NAMED) {
        for (const [, name] of text.matchAll(pattern)) if (!used.has(name)) used.set(name, path.relative(root, file));
      }
    }
  }
  return used;
}

async function lucide(root, name) {
  const filled = name.endsWith("-fill");
  const base = filled ? name.slice(0, -5) : name;
  const text = await readFile(path.join(root, "node_modules", "lucide-static", "icons", `${base}.svg`), "utf8");
  const shapes = text.replace(/<!--.*?-->/gs, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
  const fill = filled ? "currentColor" : "none";
  return `<symbol id="i-${name}" viewBox="0 0 24 24" fill="${fill}" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
}

export async function buildSprite(root, file) {
  const own = path.join(root, "static", "src", "icons");
  let symbols = "";
  for (const name of (await readdir(own)).sort()) {
    if (name.endsWith(".svg")) symbols += (await readFile(path.join(own, name), "utf8")).replace(/<!--.*?-->/gs, "").replace(/\s*\n\s*/g, "");
  }
  const unknown = [];
  for (const [name, place] of [...(await namesInUse(root))].sort()) {
    try {
      symbols += await lucide(root, name);
    } catch {
      unknown.push(`${place} names the icon "${name}", which lucide-static does not have`);
    }
  }
  if (unknown.length) throw new Error(unknown.join("\n"));
  const notice = "<!-- Icons named i-*: Lucide (https://lucide.dev), ISC licence. Glyphs named k-* and the mark are our own. -->";
  await writeFile(file, `<svg xmlns="http://www.w3.org/2000/svg">${notice}${symbols}</svg>\n`);
}
