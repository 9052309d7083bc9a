/*
 * Bundles the dashboard: node build.mjs DIRECTORY
 *
 * Solid's JSX is compiled by Babel to DOM operations, which esbuild bundles
 * into one script; nothing is left to evaluate at run time, so the page works
 * under a Content-Security-Policy that allows neither inline code nor eval.
 */

import { readFile, mkdir, copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { transformAsync } from "@babel/core";
import { build } from "esbuild";


const solidJsx = {
    name: "solid-jsx",
    setup(bundle) {
        bundle.onLoad({ filter: /\.jsx$/ }, async ({ path }) => {
            const source = await readFile(path, "utf8");
            const { code } = await transformAsync(source, {
                filename: path,
                babelrc: false,
                configFile: false,
                presets: [["solid", { omitNestedClosingTags: false }]],
            });

            return { contents: code, loader: "js" };
        });
    },
};


async function licences(packages) {
    const texts = packages.map(async (name) => {
        const text = await readFile(join("node_modules", name, "LICENSE"));
        return `${name}\n${"=".repeat(name.length)}\n\n${text}\n`;
    });

    return (await Promise.all(texts)).join("\n");
}


const out = process.argv[2];
const { dependencies } = JSON.parse(await readFile("package.json", "utf8"));

await mkdir(out, { recursive: true });

await build({
    entryPoints: { app: "src/main.jsx", style: "src/style.css" },
    outdir: out,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome100", "firefox100", "safari15.4"],
    loader: { ".woff2": "copy" },
    assetNames: "[name]",
    legalComments: "none",
    plugins: [solidJsx],
    logLevel: "warning",
});

await copyFile("favicon.svg", join(out, "favicon.svg"));
await writeFile(join(out, "licences.txt"),
                await licences(Object.keys(dependencies)));

/* Last: make takes its time as that of the whole directory. */
await copyFile("index.html", join(out, "index.html"));
