// Where values go inside a file.
import { Logger } from "@nestjs/common";
import log from "loglevel";

interface Credentials { password: string; token: string }

class Service {
  private readonly logger = new Logger(Service.name);
  private secretValue: string;
  constructor(private readonly out: Logger, apiKey: string) {
    this.out.verbose(apiKey); // leak
    this.masked = mask(apiKey);
    this.out.verbose(this.masked); // safe
  }
  async run(input: Credentials, opts: { password?: string } = {}): Promise<void> {
    const text = input.password;
    this.logger.log(text); // leak
    const line = `user: ${input.password as string}`;
    this.logger.warn(line); // leak
    let message = "start";
    message += input.token!;
    log.info(message); // leak
    const { password: p, ...others } = input;
    log.info(p); // leak
    const [first] = [input.token];
    log.info(first); // leak
    const json = JSON.stringify({ a: 1, password: text });
    log.debug(json); // leak
    const copy = { ...input, user: { secret: text } };
    log.debug(copy.user); // leak
    log.debug(copy.user.secret); // leak
    const merged = Object.assign({}, { token: input.token });
    log.debug(merged); // leak
    const list: string[] = [];
    list.push(input.password);
    log.debug(list); // leak
    log.debug(list.join(",")); // leak
    for (const item of list) {
      log.debug(item); // leak
    }
    const url = "https://u:" + input.password + "@host/";
    log.debug(url); // leak
    const error = new Error(`cannot log in with ${input.password}`);
    log.error(error.message); // safe
    const h = new Headers();
    const size = input.password.length;
    log.info(size, text.length); // safe
    const ok = input.password === text;
    log.info(ok); // safe
    const clean = { ...input, password: "***", token: undefined };
    log.info(clean.password); // safe
    const digest = sha256(input.password);
    log.info(digest); // safe
    const shown = text.slice(-4);
    log.info(shown); // safe
    let token: string | undefined;
    token = await this.issue();
    log.info(token); // leak
    let attempts = 0;
    attempts += 1;
    log.info(attempts); // safe
    helper(input.password);
    const built = wrap(input.token);
    log.info(built); // leak
    log.info(build()); // leak
    log.info(fine()); // safe
    list.forEach((x) => log.info("closure " + text)); // leak
    if (process.env.NODE_ENV !== "production") {
      log.info(input.password); // bulk
    }
  }
}

function helper(value: string) {
  console.log("got " + value); // leak
}
const wrap = (value: string) => `<${value}>`;
function build() {
  const secret = load();
  return "s=" + secret;
}
function fine() {
  const secret = load();
  return mask(secret);
}
