/* The stylesheet and fonts of KaTeX (MIT), from its npm package, in a folder named after its version: js/maths.js asks for them when a
 * page shows a formula. Every browser that we support reads woff2, so the older formats stay behind. */
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

async function version(modules) {
  return JSON.parse(await readFile(path.join(modules, "katex", "package.json"), "utf8")).version;
}

export async function katexFolder(modules) {
  return `katex-${await version(modules)}`;
}

export async function collectKatex(modules, out) {
  const from = path.join(modules, "katex", "dist");
  const to = path.join(out, await katexFolder(modules));
  await mkdir(path.join(to, "fonts"), { recursive: true });
  for (const name of await readdir(path.join(from, "fonts"))) {
    if (name.endsWith(".woff2")) await copyFile(path.join(from, "fonts", name), path.join(to, "fonts", name));
  }
  const sheet = await readFile(path.join(from, "katex.min.css"), "utf8");
  const notice = `/*! KaTeX ${await version(modules)} (https://katex.org), MIT licence */\n`;
  await writeFile(path.join(to, "katex.css"), notice + sheet.replace(/,url\([^)]+\) format\("(woff|truetype)"\)/g, ""));
}
