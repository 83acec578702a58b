// Checks manifests by the schemas of Kubernetes' API, without a cluster: node manifests.cjs FILE...
// NODE_PATH leads to the packages kubernetes-models and yaml. Prints one line for each mistake.
const { readFileSync } = require("fs");
const { parseAllDocuments } = require("yaml");

// A schema allows unknown fields, which the API drops or refuses. A field that no schema reads is unknown.
const watch = (value, read, path) => value === null || typeof value !== "object" ? value : new Proxy(value, {
    get(target, key) {
        read.add(`${path}/${String(key)}`);
        return watch(target[key], read, `${path}/${String(key)}`);
    },
});
const unread = (value, read, path) => value === null || typeof value !== "object" ? []
    : Object.keys(value).flatMap(key => read.has(`${path}/${key}`) ? unread(value[key], read, `${path}/${key}`) : [`${path}/${key}`]);

for (const file of process.argv.slice(2)) {
    for (const document of parseAllDocuments(readFileSync(file, "utf8"), { strict: true })) {
        document.errors.forEach(error => console.log(`${file}: ${error.message}`));
        const manifest = document.toJS();
        const { [manifest.kind]: Model } = require(`kubernetes-models/${manifest.apiVersion}/${manifest.kind}`);
        const read = new Set();
        try {
            Model.prototype.validate.call(watch(manifest, read, ""));
        } catch (error) {
            console.log(`${file}: ${manifest.kind}: ${error.message}`);
        }
        unread(manifest, read, "").forEach(field => console.log(`${file}: ${manifest.kind}: unknown field ${field}`));
    }
}
