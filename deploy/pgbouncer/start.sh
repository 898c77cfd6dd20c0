#!/bin/sh
# Write the one login there is, which only this process can read, and become PgBouncer.
set -eu
umask 077
printf '"sigmasight" "%s"\n' "$POSTGRES_PASSWORD" > /tmp/userlist.txt
exec pgbouncer "$1"
