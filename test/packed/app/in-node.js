/** The application in Node: jobs as JSON in the arguments, answers as JSON on the output. */
import "./main.js";

const answers = [];
for (const job of JSON.parse(process.argv[2]))
  answers.push(await globalThis.runJob(job));
process.stdout.write(JSON.stringify(answers));
