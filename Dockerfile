# Twofold in a container: the program, its libraries, and nothing else.
#
#   docker build --tag twofold .
#   docker run --volume twofold:/data --publish 127.0.0.1:8787:8787 twofold
#
# Keep a copy of /data/keys apart from the volume. The other commands run beside it:
#   docker exec CONTAINER twofold check

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN make build
RUN packaging/root.sh target/release/twofold /image

FROM scratch
COPY --from=build /image /
USER 65532:65532
WORKDIR /data
VOLUME /data
ENV PATH=/usr/bin
ENV TWOFOLD_LISTEN=0.0.0.0:8787
ENV TWOFOLD_DATA_DIR=/data
EXPOSE 8787
STOPSIGNAL SIGTERM
ENTRYPOINT ["twofold"]
CMD ["serve"]
