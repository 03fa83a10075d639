// home-assistant-js-websocket, as a dashboard uses it: what it hears is counted.
import { createInterface } from "node:readline";
import { Connection, createLongLivedTokenAuth, createSocket } from "home-assistant-js-websocket";
import WebSocket from "ws";

globalThis.WebSocket = WebSocket;
const options = { auth: createLongLivedTokenAuth(process.env.HASS_URL, process.env.HASS_TOKEN), setupRetry: 0, createSocket };
const connection = new Connection(await createSocket(options), options);

let left = 0, presses = 0, began;
function heard(event) {
  if (event.data?.domain === "input_button") presses++;
  if (--left !== 0) return;
  const spent = process.cpuUsage(began);
  console.log(JSON.stringify({ cpu: (spent.user + spent.system) / 1e6, presses }));
}
await connection.subscribeEvents(heard, "call_service");
await connection.subscribeMessage(heard, { type: "subscribe_entities", entity_ids: JSON.parse(process.env.HELPERS) });
console.log('"ready"');

for await (const line of createInterface({ input: process.stdin })) {
  if (!line.startsWith("begin ")) continue;
  left = JSON.parse(line.slice(6)).Events;
  presses = 0;
  began = process.cpuUsage();
  console.log('"begun"');
}
process.exit();
