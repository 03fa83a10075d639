package tui

import (
	"context"
	"errors"
	"fmt"
	"os"

	tea "charm.land/bubbletea/v2"
)

// Run shows the source on a terminal until q or Ctrl-C is pressed, or ctx ends. The
// terminal is as it was before when Run returns, also after a panic of the view.
func Run(ctx context.Context, s Source, in, out *os.File, env []string) error {
	p := tea.NewProgram(newModel(s), tea.WithInput(in), tea.WithOutput(out), tea.WithEnvironment(env), tea.WithoutSignalHandler(), tea.WithFPS(30))
	stopping := context.AfterFunc(ctx, p.Quit) // not WithContext: that kills, and draws no last time
	defer stopping()
	if _, err := p.Run(); err != nil && !errors.Is(err, tea.ErrInterrupted) {
		return fmt.Errorf("showing the demo on the terminal: %w", err)
	}
	return nil
}
