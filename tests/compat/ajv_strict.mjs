// Compiles JSON Schemas as Genkit's tools do (Ajv, draft-07, strict) and validates instances.
// Reads [{name, schema, instances, refused}] from stdin, writes {name: [complaint, ...]} to stdout;
// "instances" must be valid, "refused" must not.
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

function complaintsOf({ schema, instances, refused }) {
  const complaints = [];
  const note = (...words) => complaints.push(words.join(' '));
  const ajv = new Ajv({ strict: true, allErrors: true, logger: { log: note, warn: note, error: note } });
  addFormats(ajv);
  let validate;
  try {
    validate = ajv.compile(schema);
  } catch (error) {
    return [...complaints, `does not compile: ${error.message}`];
  }
  for (const instance of instances) {
    if (!validate(instance)) note(`refuses ${JSON.stringify(instance)}: ${ajv.errorsText(validate.errors)}`);
  }
  for (const instance of refused ?? []) {
    if (validate(instance)) note(`accepts ${JSON.stringify(instance)}`);
  }
  return complaints;
}

let text = '';
for await (const part of process.stdin.setEncoding('utf8')) text += part;
const found = {};
for (const each of JSON.parse(text)) found[each.name] = complaintsOf(each);
process.stdout.write(JSON.stringify(found));
