#include "commands.hpp"
#include "runtime/cell_child.hpp"
#include "runtime/keeper_children.hpp"

namespace foundation {

void add_evaluate_cells(CLI::App& app, Outcome&) {
  CLI::App* command = app.add_subcommand(runtime::evaluate_cells_command,
                                         "Evaluate cells for a worker, in a process of their own");
  command->group("");
  command->callback([] { runtime::evaluate_in_child(runtime::channel_descriptor); });
}

}  // namespace foundation
