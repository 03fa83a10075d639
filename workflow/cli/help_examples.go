package cli

// Examples of commands: a line of a shell each, with what it does behind "#".
const (
	overviewExamples = `
vcf-assistant demo                           # watch an upgrade of a simulated system
vcf-assistant check                          # then this: is everything in place?
vcf-assistant status                         # what runs, what ran`

	runExamples = `
vcf-assistant                                       # with /etc/vcf-assistant/config.yaml
vcf-assistant run --config lab.yaml --log-level debug   # another configuration, every call`

	demoExamples = `
vcf-assistant demo                           # s starts, a acknowledges, m, f and h break something
vcf-assistant demo --plain | less            # as a log, with the buttons pressed by itself
HASS_URL=http://127.0.0.1:8123 HASS_TOKEN=... vcf-assistant demo   # in your own Home Assistant
vcf-assistant demo --remove                  # take that away again`

	checkExamples = `
sudo CREDENTIALS_DIRECTORY=/etc/vcf-assistant vcf-assistant check   # with the secrets of the service
vcf-assistant check --config lab.yaml || echo "not ready"           # in a script`

	configExamples = `
vcf-assistant config | sudo tee /etc/vcf-assistant/config.yaml > /dev/null   # begin with it
vcf-assistant config --markdown              # the same as a table`

	stepsExamples = `
vcf-assistant steps                          # with the configured deadlines
VCF_ASSISTANT_CONFIG=/dev/null vcf-assistant steps   # with the default ones`

	statusExamples = `
sudo vcf-assistant status                    # all domains, what runs, earlier runs
sudo vcf-assistant status domain1            # one of them
sudo vcf-assistant status --json | jq -r '.domains[] | .name + " " + .upgrade_status'   # for scripts`

	dashboardExamples = `
sudo vcf-assistant dashboard > dashboard.yaml   # to paste it into a dashboard of your own`

	blueprintExamples = `
vcf-assistant blueprint > vcf-acknowledge.yaml   # the file, to look at it or to copy it
sudo CREDENTIALS_DIRECTORY=/etc/vcf-assistant vcf-assistant blueprint --install   # save it in Home Assistant`

	removeExamples = `
sudo systemctl disable --now vcf-assistant
sudo CREDENTIALS_DIRECTORY=/etc/vcf-assistant vcf-assistant remove         # what would go
sudo CREDENTIALS_DIRECTORY=/etc/vcf-assistant vcf-assistant remove --yes   # away with it`

	completionExamples = `
source <(vcf-assistant completion bash)      # in this shell
vcf-assistant completion bash | sudo tee /usr/share/bash-completion/completions/vcf-assistant > /dev/null
vcf-assistant completion zsh | sudo tee /usr/share/zsh/vendor-completions/_vcf-assistant > /dev/null
vcf-assistant completion fish > ~/.config/fish/completions/vcf-assistant.fish`

	manExamples = `
vcf-assistant man | man -l -                 # read it
vcf-assistant man | gzip -9n | sudo tee /usr/share/man/man1/vcf-assistant.1.gz > /dev/null`

	versionExamples = `
vcf-assistant version`

	helpExamples = `
vcf-assistant help status                    # what status does, its flags, examples
vcf-assistant help environment               # where the configuration and the secrets come from`
)
