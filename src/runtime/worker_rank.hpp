#pragma once

#include <cstdint>

#include "campaign/records.hpp"
#include "messaging/session.hpp"
#include "programs/metric.hpp"
#include "programs/program.hpp"
#include "runtime/keeper.hpp"

namespace foundation::runtime {

/// A rank that only evaluates, from what rank 0 tells it to the word how to end.
///
/// **Collective**: what it receives first are the broadcasts of rank 0. A worker that fails ends
/// its process at once and alone, as MPI_Finalize would wait for the others.
void run_worker_rank(messaging::Session& session, const Keeper& keeper);

/// This process as a worker with so many slots.
[[nodiscard]] campaign::WorkerRecord describe_worker(std::uint32_t slots);

/// Logs what program and metric of this rank have used, where that is worth a line.
void say_usage(const programs::Program& program, const programs::Metric& metric);

}  // namespace foundation::runtime
