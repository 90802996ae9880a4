// serve answers each call that is read with what call makes of it, one after another.
'use strict';
const readline = require('readline');

module.exports = async function serve(call) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [method, ...params] = JSON.parse(line);
    console.log(JSON.stringify(await new Promise((resolve) => {
      call(method, params, (error, value) => {
        if (!error) resolve({ value });
        else if (error.faultCode !== undefined) resolve({ fault: [error.faultCode, error.faultString] });
        else resolve({ error: error.message });
      });
    })));
  }
};
