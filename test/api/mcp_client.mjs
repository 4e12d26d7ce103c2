// SPDX-License-Identifier: Apache-2.0
// The official TypeScript client: runs the commands of standard input, one JSON array a line, against one server, and
// prints the answer of each. usage: node mcp_client.mjs {"url", "token"} | {"command", "args", "env", "roots"}
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const find = createRequire(process.env.MCP_SDK + "/package.json");
const load = (path) => import(pathToFileURL(find.resolve("@modelcontextprotocol/sdk/" + path)));
const { Client } = await load("client/index.js");
const { StreamableHTTPClientTransport } = await load("client/streamableHttp.js");
const { StdioClientTransport } = await load("client/stdio.js");
const { ListRootsRequestSchema } = await load("types.js");

const options = JSON.parse(process.argv[2]);
const transport = options.url
  ? new StreamableHTTPClientTransport(new URL(options.url), { requestInit: { headers: { Authorization: `Bearer ${options.token}` } } })
  : new StdioClientTransport({ command: options.command, args: options.args, env: options.env, stderr: "inherit" });
const client = new Client({ name: "test", version: "1" }, { capabilities: options.roots ? { roots: { listChanged: true } } : {} });
if (options.roots) client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: options.roots.map((uri) => ({ uri })) }));

const commands = {
  tools: () => client.listTools(),
  call: (name, args) => client.callTool({ name, arguments: args }),
  progress: async (name, args) => {
    const seen = [];
    const result = await client.callTool({ name, arguments: args }, undefined, { onprogress: (p) => seen.push(p) });
    return { seen, result };
  },
  abort: async (name, args) => {
    const control = new AbortController();
    setTimeout(() => control.abort("enough"), 300);
    await client.callTool({ name, arguments: args }, undefined, { signal: control.signal });
  },
  resources: (cursor) => client.listResources({ cursor }),
  templates: () => client.listResourceTemplates(),
  read: (uri) => client.readResource({ uri }),
  ping: () => client.ping(),
  version: () => ({ server: client.getServerVersion(), protocol: transport.protocolVersion ?? null, capabilities: client.getServerCapabilities() }),
};

await client.connect(transport);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...words] = JSON.parse(line);
  let answer;
  try {
    answer = { result: await commands[name](...words) };
  } catch (error) {
    answer = { error: { code: error.code ?? null, message: String(error.message) } };
  }
  console.log(JSON.stringify(answer));
}
await client.close();
