#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "endpoints/budget.hpp"
#include "messaging/endpoint.hpp"
#include "messaging/handshake.hpp"
#include "programs/dataset.hpp"
#include "programs/metric.hpp"
#include "programs/program.hpp"

namespace foundation::runtime {

/// What every rank needs to evaluate cells; rank 0 makes it from the job and sends it to all.
struct WorkerSetup {
  bool go = true;  ///< false: there is nothing to do, leave
  programs::ProgramOptions program;
  std::string program_identity;  ///< as rank 0 sees it
  programs::MetricOptions metric;
  std::uint32_t trials = 1;
  std::vector<std::uint32_t> slots;  ///< by rank; 0: the rank has nothing to do
  programs::SplitDataset data;
};

/// What the run may ask the endpoints of its program and its judge for, both together.
[[nodiscard]] endpoints::LimitOptions limits_of(const WorkerSetup& setup);
/// The program of a setup; `budget` says when it may ask a model, if that is limited. Throws as
/// make_program does, and core::Error{bad_input} when it is another one than rank 0's: a file it
/// reads differs.
[[nodiscard]] std::unique_ptr<programs::Program> make_program(
    const WorkerSetup& setup, const std::shared_ptr<endpoints::Budget>& budget);
/// Likewise its metric. Throws as programs::make_metric does.
[[nodiscard]] std::unique_ptr<programs::Metric> make_metric(
    const WorkerSetup& setup, const std::shared_ptr<endpoints::Budget>& budget);

/// How the ranks watch each other; rank 0 sends it to all after the setup.
struct WatchSetup {
  bool sockets = false;  ///< there is a server to connect to
  bool insist = false;   ///< a rank that cannot reach it leaves
  core::Duration timeout{0};
  messaging::SessionKey key;
  std::vector<messaging::Endpoint> endpoints;
};
[[nodiscard]] std::vector<std::byte> pack_watch(const WatchSetup& setup);
[[nodiscard]] WatchSetup unpack_watch(const std::vector<std::byte>& bytes);

[[nodiscard]] std::vector<std::byte> pack_setup(const WorkerSetup& setup);
[[nodiscard]] WorkerSetup unpack_setup(const std::vector<std::byte>& bytes);

}  // namespace foundation::runtime
