#!/bin/sh
# Puts together all that the image of a container holds: packaging/root.sh PROGRAM FOLDER
#
# The program with the libraries that it names, the certificates by which a mail server is known, and
# a user that owns nothing but its data. No shell, no package manager, nothing else. The Dockerfile
# runs this, and so does the test that runs the program in the folder.
set -eu

program=$1
folder=$2

mkdir -p "$folder/usr/bin" "$folder/etc/ssl/certs" "$folder/data" "$folder/tmp"
install -m 0755 "$program" "$folder/usr/bin/twofold"
# The libraries and the loader, each where it is looked for.
ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$folder$(dirname "$library")"
    cp --dereference "$library" "$folder$library"
done
cp --dereference /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"
printf 'nonroot:x:65532:65532::/data:/sbin/nologin\n' >"$folder/etc/passwd"
printf 'nonroot:x:65532:\n' >"$folder/etc/group"
printf 'hosts: files dns\n' >"$folder/etc/nsswitch.conf"
chmod 1777 "$folder/tmp"
chmod 0700 "$folder/data"
# Only root can give something away; whoever builds the image is.
if [ "$(id -u)" = 0 ]; then
    chown 65532:65532 "$folder/data"
fi
