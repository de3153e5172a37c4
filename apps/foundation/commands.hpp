#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "outcome.hpp"

/// One function a subcommand: it adds the subcommand with its options to `app`; once the whole
/// command line is understood, CLI11 calls what the function has attached. `app` and `outcome`
/// outlive the parsing.
namespace foundation {

void add_analyze(CLI::App& app, Outcome& outcome);
void add_completions(CLI::App& app, Outcome& outcome);
void add_config(CLI::App& app, Outcome& outcome);
void add_dataset(CLI::App& app, Outcome& outcome);
void add_doc(CLI::App& app, Outcome& outcome);
void add_doctor(CLI::App& app, Outcome& outcome);
void add_export(CLI::App& app, Outcome& outcome);
void add_init(CLI::App& app, Outcome& outcome);
void add_bench(CLI::App& app, Outcome& outcome);
void add_merge(CLI::App& app, Outcome& outcome);
void add_optimize(CLI::App& app, Outcome& outcome);
void add_rebuild(CLI::App& app, Outcome& outcome);
void add_recover(CLI::App& app, Outcome& outcome);
void add_report(CLI::App& app, Outcome& outcome);
/// `behind_dashes`: the command line of the program to be traced.
void add_trace(CLI::App& app, Outcome& outcome, const std::vector<std::string>& behind_dashes);
void add_status(CLI::App& app, Outcome& outcome);
void add_verify(CLI::App& app, Outcome& outcome);

/// Hidden: the build makes the manual pages with it.
void add_man(CLI::App& app, Outcome& outcome);
/// Hidden: one of the ranks that `bench trace` measures.
void add_bench_trace_rank(CLI::App& app, Outcome& outcome);
/// Hidden: the process that writes a trace once all its programs have ended.
void add_trace_finaliser(CLI::App& app, Outcome& outcome);
/// Hidden: one rank of the MPI start that `doctor` tries.
void add_doctor_rank(CLI::App& app, Outcome& outcome);
/// Hidden: what a keeper runs for its worker, for cells that might end the worker.
void add_evaluate_cells(CLI::App& app, Outcome& outcome);
/// Hidden: what the launcher runs on hosts after an attempt that was broken off.
void add_launch_reap(CLI::App& app, Outcome& outcome);

}  // namespace foundation
