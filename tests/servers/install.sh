#!/usr/bin/env bash
# Install the real servers that the tests start. Asks nothing, and does only what is missing:
# Debian packages where apt-get and root are at hand, Elasticsearch from Maven Central.
set -euo pipefail

ELASTICSEARCH=8.19.21
GREENMAIL=2.1.13
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/wenda"

# Elasticsearch 8.19 wants a JDK 17 or 21.
find_jdk() {
    local home
    for home in "${JAVA_HOME:-/nonexistent}" /usr/lib/jvm/*; do
        if grep -qsE '^JAVA_VERSION="(17|21)\.' "$home/release"; then
            echo "$home"
            return
        fi
    done
    return 1
}

install_debian_packages() {
    local missing=()
    command -v chromium >/dev/null || missing+=(chromium)
    [[ -n $(fc-list : family 2>/dev/null | grep -i 'noto.*cjk') ]] || missing+=(fontconfig fonts-noto-cjk)
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    command -v redis-server >/dev/null || missing+=(redis-server)
    command -v nginx >/dev/null || [[ -x /usr/sbin/nginx ]] || missing+=(nginx)
    command -v unzip >/dev/null || missing+=(unzip)
    find_jdk >/dev/null || missing+=(default-jdk-headless)
    command -v mvn >/dev/null || missing+=(maven)
    [[ -x /usr/share/request-tracker5/libexec/rt-server ]] || missing+=(request-tracker5 rt5-db-sqlite rt5-standalone)
    ((${#missing[@]})) || return 0
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "Not installed, and this is not root on Debian or Ubuntu: ${missing[*]}" >&2
        return 0
    fi
    echo "Installing ${missing[*]}"
    apt-get update -qq
    # The tests give it a database and a configuration of their own.
    command -v debconf-set-selections >/dev/null &&
        echo "request-tracker5 request-tracker5/dbconfig-install boolean false" | debconf-set-selections
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

install_elasticsearch() {
    local home="$CACHE/elasticsearch-$ELASTICSEARCH" jdk work
    [[ -x "$home/bin/elasticsearch" ]] && return
    echo "Fetching Elasticsearch $ELASTICSEARCH (107 MB)"
    jdk=$(find_jdk)
    mkdir -p "$CACHE"
    work=$(mktemp -d "$CACHE/fetch.XXXXXX")
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    JAVA_HOME="$jdk" mvn -B -q -Dstyle.color=never \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
        "-Dartifact=org.elasticsearch.distribution.integ-test-zip:elasticsearch:$ELASTICSEARCH:zip" \
        "-DoutputDirectory=$work"
    unzip -q "$work/elasticsearch-$ELASTICSEARCH.zip" -d "$work"
    mv "$work/elasticsearch-$ELASTICSEARCH" "$home"
}

# A mail server of one small file: SMTP, IMAP, POP3.
install_greenmail() {
    [[ -f "$CACHE/greenmail-standalone-$GREENMAIL.jar" ]] && return
    echo "Fetching GreenMail $GREENMAIL (11 MB)"
    mkdir -p "$CACHE"
    JAVA_HOME="$(find_jdk)" mvn -B -q -Dstyle.color=never \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
        "-Dartifact=com.icegreen:greenmail-standalone:$GREENMAIL:jar" \
        "-DoutputDirectory=$CACHE"
}

install_debian_packages
install_elasticsearch
install_greenmail
