'use strict';

// Builds layers and functions before the command line packages them, so that `serverless deploy` works from a clean checkout.

const { spawn } = require('node:child_process');
const fs = require('node:fs/promises');
const path = require('node:path');

const ADVICE =
  'Gatehouse builds its layers with Python 3.11 or newer and uv, which `make setup` installs. ' +
  'Mend what is said above, try it alone with `make layers`, and deploy again.';

class Layers {
  constructor(serverless, options, { log, progress }) {
    this.serverless = serverless;
    this.log = log;
    this.progress = progress;
    const prepare = () => this.build().then(() => this.provide());
    this.hooks = {
      'before:package:initialize': prepare,
      'before:deploy:function:packageFunction': prepare,
    };
  }

  // Only what lies in .serverless, which was emptied just now, is compared with what was uploaded before.
  async provide() {
    const built = path.join(this.serverless.serviceDir, '.build', 'functions');
    await fs.cp(built, path.join(this.serverless.serviceDir, '.serverless'), { recursive: true });
  }

  async build() {
    // infra/package.py has built them already, and tests bring their own.
    if (process.env.GATEHOUSE_LAYERS === 'built') return;
    const arch = this.serverless.service.provider.architecture || 'x86_64';
    this.progress.get('main').notice(`Building the layers for ${arch}`);
    const { status, output, error } = await run('make', ['--silent', 'layers', `ARCH=${arch}`], this.serverless.serviceDir);
    if (error) {
      throw new this.serverless.classes.Error(
        error.code === 'ENOENT'
          ? 'The layers cannot be built: there is no `make`. Install it (Debian: apt-get install make; macOS: xcode-select --install).'
          : `The layers cannot be built: ${error.message}`,
        'LAYERS_NOT_BUILT'
      );
    }
    if (status !== 0) throw new this.serverless.classes.Error(`${output}\n${ADVICE}`, 'LAYERS_NOT_BUILT');
    this.log.info(output);
  }
}

function run(command, parameters, cwd) {
  return new Promise((resolve) => {
    const child = spawn(command, parameters, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = [];
    child.stdout.on('data', (data) => said.push(data));
    child.stderr.on('data', (data) => said.push(data));
    child.on('error', (error) => resolve({ error }));
    child.on('close', (status) => resolve({ status, output: Buffer.concat(said).toString().trim() }));
  });
}

module.exports = Layers;
