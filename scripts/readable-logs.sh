#!/usr/bin/env bash
# Makes log lines readable: a JSON line of a service becomes its time, level, message and trace id; other lines stay unchanged.
# Reads what docker compose logs prints ("backend-1 | …"), and what tail prints for several files ("==> backend.log <==").
exec jq --null-input --raw-input --raw-output --unbuffered '
  def level: {"10": "TRACE", "20": "DEBUG", "30": "INFO", "40": "WARN", "50": "ERROR", "60": "FATAL"}[tostring] // tostring;
  def readable:
    (fromjson? // null) as $line
    | if ($line | type) == "object" and ($line | has("msg"))
      then "\($line.time / 1000 | strflocaltime("%H:%M:%S")) \($line.level | level) \($line.msg)\(if $line.trace_id then "  trace \($line.trace_id)" else "" end)"
      else . end;
  foreach inputs as $line ({};
    if $line == "" then .text = null
    else
      ($line | capture("^==> (.*/)?(?<file>[^/]+)\\.log.* <==$")? // null) as $header
      | if $header then {name: $header.file, text: null}
        elif .name then .text = $line
        else ($line | capture("^(?<name>[^ |]+) *\\| (?<text>.*)$")? // {text: $line}) as {name: $container, $text} | {container: $container, $text}
        end
    end;
    if .text then "\(.name // .container // "" | . + " " * (10 - length)) \(.text | readable)" else empty end)'
