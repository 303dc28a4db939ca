/* The two typefaces, from their npm packages: the font files are copied, the @font-face rules (with every subset's
 * unicode-range) are rewritten to our family names and folder. The browser fetches only the subsets a page needs. */
import { copyFile, mkdir, readFile } from "node:fs/promises";
import path from "node:path";

const FACES = [
  { from: "@fontsource-variable/brygada-1918", sheets: ["index.css", "wght-italic.css"], family: "Brygada 1918" },
  { from: "@fontsource-variable/hanken-grotesk", sheets: ["index.css"], family: "Hanken Grotesk" },
];

export async function collectFonts(modules, folder) {
  await mkdir(folder, { recursive: true });
  let rules = "";
  for (const { from, sheets, family } of FACES) {
    for (const sheet of sheets) {
      const text = await readFile(path.join(modules, from, sheet), "utf8");
      for (const [, file] of text.matchAll(/url\(\.\/files\/([\w-]+\.woff2)\)/g)) {
        await copyFile(path.join(modules, from, "files", file), path.join(folder, file));
      }
      rules += text
        .replace(/\/\*.*?\*\//gs, "")
        .replace(/font-family:[^;]+;/g, `font-family:"${family}";`)
        .replace(/url\(\.\/files\//g, "url(./fonts/")
        .replace(/format\('woff2-variations'\)/g, 'format("woff2")')
        .replace(/\s*\n\s*/g, "");
    }
  }
  return rules + "\n";
}
