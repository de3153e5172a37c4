#pragma once

#include <memory>

#include "programs/program.hpp"

/// One maker for each built-in program; the conditions on `data` are those of make_program.
namespace foundation::programs::detail {

[[nodiscard]] std::unique_ptr<Program> make_text_classifier(const SplitDataset& data);
[[nodiscard]] std::unique_ptr<Program> make_oscillator(const SplitDataset& data);
/// Any executable, run or asked for each cell.
[[nodiscard]] std::unique_ptr<Program> make_command(const ProgramOptions& options,
                                                    const SplitDataset& data);
/// A library that is loaded at run time (programs/plugin.hpp).
[[nodiscard]] std::unique_ptr<Program> make_plugin(const ProgramOptions& options);
/// Asks language models, stage after stage. Reads corpora and checks what the endpoints need; asks
/// nobody before the first cell.
[[nodiscard]] std::unique_ptr<Program> make_lm(const ProgramOptions& options,
                                               const SplitDataset& data);
/// Answers the label and does nothing else: for measuring the framework.
[[nodiscard]] std::unique_ptr<Program> make_nothing();
/// Answers the label after a sleep whose length is log-normal with the given mean and sigma.
[[nodiscard]] std::unique_ptr<Program> make_sleep(const ProgramOptions& options);
/// Like make_sleep, but ends its process where an example's input is one of the words "!SIGKILL",
/// "!SIGSEGV", "!SIGABRT" and "!exit": for testing that such a cell costs nothing but itself.
[[nodiscard]] std::unique_ptr<Program> make_deadly(const ProgramOptions& options);

}  // namespace foundation::programs::detail
