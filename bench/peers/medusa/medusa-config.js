import { defineConfig } from '@medusajs/framework/utils';

const { DATABASE_URL, JWT_SECRET, COOKIE_SECRET } = process.env;
const origin = 'http://127.0.0.1';

/** What Medusa asks for, the admin dashboard aside; all its modules are its defaults. */
export default defineConfig({
  projectConfig: {
    databaseUrl: DATABASE_URL,
    databaseDriverOptions: { ssl: false },
    http: { jwtSecret: JWT_SECRET, cookieSecret: COOKIE_SECRET, storeCors: origin, adminCors: origin, authCors: origin },
  },
  admin: { disable: true },
});
