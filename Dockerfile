# syntax=docker/dockerfile:1

FROM maven:3-eclipse-temurin-25 AS build
WORKDIR /build
COPY pom.xml ./
COPY config/pom.xml config/
COPY proxy/pom.xml proxy/
COPY bench/pom.xml bench/
COPY config/src/main config/src/main
COPY proxy/src/main proxy/src/main
COPY lacquer ./
RUN --mount=type=cache,target=/root/.m2 \
    mvn -q -B -ntp -pl proxy -am -Dmaven.test.skip=true -Dformat.skip=true package \
    && mkdir -p /out/lib \
    && cp lacquer /out/ \
    && cp proxy/target/lacquer.jar /out/lib/ \
    && cp -r proxy/target/lib /out/lib/lib

FROM eclipse-temurin:25-jre
# The launcher beside lib/lacquer.jar and lib/lib/*.jar; with no pom.xml there it never builds.
COPY --from=build /out /opt/lacquer

# Memory comes from the container's limit. The heap is 40 % of it. MaxDirectMemorySize takes no percentage; unset, the
# JVM limits direct memory to as much as the maximum heap, so to another 40 % at most (Netty's buffers are there). The
# last 20 % are for classes, compiled code and stacks. To shift the balance, set both: for example
# LACQUER_JAVA_OPTS="-Xmx600m -XX:MaxDirectMemorySize=200m" for a limit of 1 GB. A LACQUER_JAVA_OPTS of yours takes the
# place of this one; without any of these options the launcher gives half of the limit to the heap.
ENV LACQUER_JAVA_OPTS="-XX:MaxRAMPercentage=40"

# The cache that makes the JVM start sooner; it has to be made from the files at their final place. Not vital.
RUN timeout 60 java -XX:AOTCacheOutput=/opt/lacquer/lib/lacquer.aot -XX:+UseG1GC -XX:+UseCompactObjectHeaders \
        --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
        -Dio.netty.leakDetection.level=disabled -jar /opt/lacquer/lib/lacquer.jar training-run >/dev/null 2>&1 \
    || rm -f /opt/lacquer/lib/lacquer.aot; \
    rm -f /opt/lacquer/lib/lacquer.aot.config

# The journal of purges: mount something here that outlives the container.
RUN mkdir -p /var/lib/lacquer && chown 10001:10001 /var/lib/lacquer
ENV STATE_DIRECTORY=/var/lib/lacquer
VOLUME /var/lib/lacquer

# A number, so that Kubernetes can tell that it is not root (runAsNonRoot).
USER 10001:10001
WORKDIR /etc/lacquer
EXPOSE 8080 9090

# The image has bash, but curl and wget cannot be relied on, and a JVM for each check would cost more than the check.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9090 && printf 'GET /readyz HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -t 2 status <&3 && [[ $status == 'HTTP/1.1 200'* ]]"]

ENTRYPOINT ["/opt/lacquer/lacquer"]
# /etc/lacquer/policies.yaml where it is mounted, else built-in defaults
CMD ["run"]
