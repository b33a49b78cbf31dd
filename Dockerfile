# The image of the operator: two bundled files on Node. Nothing in it is started by a shell, nothing writes to its root.
#
#   docker build --build-arg REVISION="$(git rev-parse HEAD)" -t registry.example.com/hybridnetwork-operator:0.1.0 .
#
# The base is named by its digest, for tomorrow a tag may be another image. By --build-arg NODE_IMAGE=… any other one with
# Node ≥ 22.19 on its PATH will do, and with npm for the first stage.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No script of a package is run: what is bundled needs none.
RUN --mount=type=cache,target=/npm-cache npm ci --cache /npm-cache --ignore-scripts --no-audit --no-fund
COPY .tools/bundle.ts .tools/
COPY src src/
RUN node .tools/bundle.ts src/main.ts dist/hybridnetwork-operator.mjs && \
    node .tools/bundle.ts src/cli.ts dist/hn.mjs

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="hybridnetwork-operator" \
      org.opencontainers.image.description="Keeps an on-premises container network and Alibaba Cloud's Terway apart in one cluster" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
# Owned by root: the process cannot change its own program.
COPY --from=build --chown=0:0 /build/dist/ ./
COPY --chown=0:0 LICENSE ./
ENV NODE_ENV=production
USER 65532:65532
EXPOSE 9494 9495
ENTRYPOINT ["node", "--disable-warning=DEP0040", "/app/hybridnetwork-operator.mjs"]
