# A PostgreSQL cluster in a directory of its own. It lives as long as standard input is open: when
# the tests end, for whatever reason, it is stopped and removed.
#
# Commands on standard input, one a line, each answered by one line:
#   create NAME   a new database            -> created
#   dump NAME     everything stored in it   -> path of a file
#   sql NAME SQL  runs a statement          -> ran
#   value NAME SQL           one value      -> the value
#   deadlocks NAME           how many there -> a number
#   stop, start   the server                -> stopped, started
set -eu
trap '' INT HUP TERM

for directory in /usr/lib/postgresql/*/bin; do
  if [ -d "$directory" ]; then PATH=$directory:$PATH; fi
done
if ! command -v initdb >/dev/null; then
  echo "PostgreSQL is missing; install it with: apt-get install -y postgresql" >&2
  exit 1
fi

home=$(mktemp -d)
export PGHOST="$home" PGUSER=postgres PGDATA="$home/data"

start() {
  pg_ctl start --silent --wait --log="$home/log" \
    --options="-c listen_addresses= -c unix_socket_directories=$home -c max_connections=500 -c log_line_prefix=%d:" ||
    { cat "$home/log" >&2; exit 1; }
}

initdb --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync >"$home/initdb" 2>&1 ||
  { cat "$home/initdb" >&2; exit 1; }
start
echo "$home"

while read -r command name rest; do
  case $command in
    create) createdb "$name" && echo created ;;
    dump) pg_dump --inserts --file="$home/$name.sql" "$name" && echo "$home/$name.sql" ;;
    sql) psql --quiet --dbname="$name" --set=ON_ERROR_STOP=1 --command="$rest" >/dev/null && echo ran ;;
    value) psql --quiet --tuples-only --no-align --dbname="$name" --set=ON_ERROR_STOP=1 --command="$rest" ;;
    deadlocks) grep --count "^$name:.*deadlock detected" "$home/log" || true ;;
    stop) pg_ctl stop --silent --wait --mode=fast && echo stopped ;;
    start) start && echo started ;;
  esac
done

pg_ctl stop --silent --wait --mode=immediate || true
rm -rf "$home"
