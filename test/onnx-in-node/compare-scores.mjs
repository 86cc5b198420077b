// Scores images through an exported router (otd export --image-format bytes) in Node.js and compares with what otd score wrote for them.
// Usage: node compare-scores.mjs routed.onnx scores.csv
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { PNG } from 'pngjs';

const [model, scores] = process.argv.slice(2);
const tolerance = 1e-4;
const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
const rows = readFileSync(scores, 'utf8').trim().split('\n').slice(1).map(line => line.split(','));
let sameRoute = 0;
let largest = 0;
for (const [path, , , cost, , score] of rows) {
  const { width, height, data } = PNG.sync.read(readFileSync(path));
  const pixels = new Uint8Array(width * height * 3);
  for (let p = 0; p < width * height; p++) {
    pixels.set(data.subarray(4 * p, 4 * p + 3), 3 * p);
  }
  const result = await session.run({ image: new ort.Tensor('uint8', pixels, [1, height, width, 3]) });
  // A route is known by its cost.
  if (Math.abs(result.Cost.data[0] - Number(cost)) <= 1e-6 * Number(cost)) {
    sameRoute++;
    largest = Math.max(largest, Math.abs(Math.max(...result.Score.data) - Number(score)));
  }
}
console.log(`${rows.length} images in Node.js: ${sameRoute} on the same route, largest difference of a score there ${largest.toExponential(1)}.`);
if (rows.length === 0 || sameRoute < 0.999 * rows.length || largest > tolerance) {
  console.error('The exported graph disagrees with the router.');
  process.exit(1);
}
