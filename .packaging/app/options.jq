# Makes the service's configuration (JSON is YAML) of the app's options. Secrets are not in it: start writes them to files.
def given: . != null and . != "" and . != [];
def part($key; $value): if $value | given then {($key): $value} else {} end;
{
  home_assistant: ({
    url: "http://supervisor/core",
    dashboard: (.dashboard // "")
  } + part("operators"; .operators)),
  vcf: ({
    url: .url,
    username: .username
  } + part("fingerprint"; .fingerprint)
    + part("ca_file"; if .ca_file | given then "/ssl/" + (.ca_file | ltrimstr("/ssl/")) else null end)
    + part("fallback_username"; .fallback_username)),
  state_dir: "/data/state",
  log_level: (.log_level // "info"),
  metrics: {listen: "127.0.0.1:9108"}
} + (
  part("windows"; [.windows[]? | select(given)]) + part("pause"; .pause) + part("allow_major"; .allow_major)
  | if . == {} then {} else {upgrade: .} end
)
