/* Builds static/dist from static/src: one stylesheet, ES modules with lazy chunks, fonts, one icon sprite,
 * and what sets formulas.
 *
 *   npm run build      once, minified
 *   npm run watch      again after each change below static/src, templates and the Python packages
 *
 * Everything is made in a scratch folder and moved over file by file, so that a page served meanwhile never meets a
 * half-written stylesheet. Files that are no longer made are removed.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { watch } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import { collectFonts } from "./fonts.mjs";
import { collectKatex, katexFolder } from "./katex.mjs";
import { buildSprite } from "./sprite.mjs";

const run = promisify(execFile);
const SRC = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const ROOT = path.resolve(SRC, "../..");
const DIST = path.join(ROOT, "static", "dist");

async function css(out) {
  const fontFaces = await collectFonts(path.join(ROOT, "node_modules"), path.join(out, "fonts"));
  const cli = path.join(ROOT, "node_modules", "@tailwindcss", "cli", "dist", "index.mjs");
  const file = path.join(out, "app.css");
  await run(process.execPath, [cli, "-i", path.join(SRC, "app.css"), "-o", file, "--minify"], { cwd: ROOT });
  await writeFile(file, fontFaces + (await readFile(file, "utf8")));
}

async function js(out) {
  await esbuild.build({
    entryPoints: [path.join(SRC, "js", "app.js")],
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    outdir: out,
    chunkNames: "chunks/[name]-[hash]",
    // Seen from a chunk.
    define: { KATEX_FOLDER: JSON.stringify(`../${await katexFolder(path.join(ROOT, "node_modules"))}/`) },
    legalComments: "eof",
    logLevel: "warning",
  });
}

async function listFiles(folder, prefix = "") {
  const found = [];
  for (const entry of await readdir(path.join(folder, prefix), { withFileTypes: true })) {
    const name = path.join(prefix, entry.name);
    if (entry.isDirectory()) found.push(...(await listFiles(folder, name)));
    else found.push(name);
  }
  return found;
}

async function publish(made) {
  await mkdir(DIST, { recursive: true });
  const files = await listFiles(made);
  for (const name of files) {
    await mkdir(path.dirname(path.join(DIST, name)), { recursive: true });
    await rename(path.join(made, name), path.join(DIST, name));
  }
  const kept = new Set(files);
  for (const name of await listFiles(DIST)) if (!kept.has(name)) await rm(path.join(DIST, name), { force: true });
}

async function build() {
  const began = performance.now();
  const made = await mkdtemp(path.join(ROOT, "node_modules", ".dist-"));
  try {
    await Promise.all([css(made), js(made), collectKatex(path.join(ROOT, "node_modules"), made), buildSprite(ROOT, path.join(made, "icons.svg"))]);
    await cp(path.join(SRC, "public"), made, { recursive: true });
    await publish(made);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  console.log(`static/dist built in ${Math.round(performance.now() - began)} ms`);
}

async function keepBuilding() {
  let timer;
  const again = (_event, name) => {
    if (!name || !/\.(html|txt|py|css|m?js|svg)$/.test(name)) return;
    clearTimeout(timer);
    timer = setTimeout(() => build().catch((error) => console.error(error.message)), 120);
  };
  for (const folder of ["static/src", "templates", "kit", "accounts", "payments", "courses", "marketplace"]) {
    watch(path.join(ROOT, folder), { recursive: true }, again);
  }
}

try {
  await build();
  if (process.argv.includes("--watch")) await keepBuilding();
} catch (error) {
  console.error(error.stderr || error.message);
  process.exitCode = 1;
}
