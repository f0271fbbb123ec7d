# All of Parley's programs in one image: say which one is to run, as in `docker run IMAGE parley-gateway --help`.
# The plain builder and BuildKit both build it: `./dev image`.

FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      g++ cmake ninja-build pkg-config protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libgrpc++-dev \
      librdkafka-dev nlohmann-json3-dev prometheus-cpp-dev libcli11-dev libboost1.81-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cmake --preset release -DBUILD_TESTING=OFF \
 && cmake --build --preset release --target parley-gateway parley-router parley-presence parley-standalone parley \
 && mkdir /programs \
 && for program in parley-gateway parley-router parley-presence parley-standalone parley; do \
      strip -o "/programs/$program" "build/release/bin/$program" || exit 1; \
    done

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Parley" \
      org.opencontainers.image.description="A chat backend that scales out and does not lose your messages" \
      org.opencontainers.image.licenses="Apache-2.0"
# Certificates: Kafka over TLS without an authority of one's own. Nothing here compiles, and nothing is written at run
# time: the root may be read-only.
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates libgrpc++1.51 libprometheus-cpp-core1.0 libprotobuf32 librdkafka1 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/apt /var/log/dpkg.log
COPY --from=build /programs/ /usr/local/bin/
USER 65532:65532
# Clients, routers, presence's clients, operators. None of the last three is for the public.
EXPOSE 50051 50052 50061 9102
CMD ["parley"]
