// Checks JSON documents against the schemas of Genkit's tools: zod, in the package that the tools are made of.
// Reads [{schema, value}] from stdin, writes [complaint, ...] to stdout.
import { createRequire } from 'node:module';

// The package's ES module build does not load on its own.
const schemas = createRequire(import.meta.url)('@genkit-ai/tools-common');

function complaintsOf({ schema, value }) {
  const outcome = schemas[schema].safeParse(value);
  return outcome.success ? [] : [`${schema} refuses ${JSON.stringify(value)}: ${outcome.error}`];
}

let text = '';
for await (const part of process.stdin.setEncoding('utf8')) text += part;
process.stdout.write(JSON.stringify(JSON.parse(text).flatMap(complaintsOf)));
