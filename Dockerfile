FROM node:24-slim

WORKDIR /app
ENV NODE_ENV=production

COPY package.json package-lock.json .npmrc ./
COPY server/package.json server/
COPY server/bin server/bin
# The image has its Node.js already; the one from npm would only make it larger.
RUN npm ci --omit=dev && npm cache clean --force && rm -rf node_modules/node-linux-* node_modules/.bin/node

COPY server server

# For the embedded PostgreSQL, where DATABASE_URL is not set.
ENV OPENRUN_DATA_DIR=/data
RUN mkdir /data && chown node:node /data

USER node
# Inside the container; what is published is decided outside.
ENV HOST=0.0.0.0
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# The same as `openrun start`; another command can be given instead of `start`.
ENTRYPOINT ["node", "server/bin/openrun.js"]
CMD ["start"]
