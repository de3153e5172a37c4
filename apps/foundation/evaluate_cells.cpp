#include "commands.hpp"
#include "runtime/child_evaluator.hpp"
#include "runtime/keeper_children.hpp"

namespace foundation {

void add_evaluate_cells(CLI::App& app, Outcome&) {
  CLI::App* command = app.add_subcommand(runtime::evaluate_cells_command,
                                         "Evaluate cells for a worker that they might end");
  command->group("");
  command->callback([] { runtime::evaluate_in_child(runtime::channel_descriptor); });
}

}  // namespace foundation
