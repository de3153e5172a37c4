#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

/// GPUs this process may use, and which of them a slot gets. Local.
namespace foundation::cluster {

/// Value of an environment variable, or null.
using Environment = std::function<const char*(const char* name)>;

/// Names of the devices as CUDA_VISIBLE_DEVICES or ROCR_VISIBLE_DEVICES would list them ("0",
/// "GPU-8932f937-..."). From the first of these that says anything: CUDA_VISIBLE_DEVICES,
/// ROCR_VISIBLE_DEVICES, SLURM_JOB_GPUS, SLURM_GPUS_ON_NODE, the device files dev/nvidia0, ...
/// below `root`. An empty variable means none, as it does to the drivers.
[[nodiscard]] std::vector<std::string> visible_gpus(const Environment& environment,
                                                    const std::filesystem::path& root = "/");

/// The devices of a slot: slots of a node, counted from 0 over all its ranks, take disjoint
/// blocks of `gpus_per_cell` in the order of `devices`. Empty when cells need none. Expects that
/// the slot is within what the devices hold, as cluster::plan_slots makes sure.
[[nodiscard]] std::vector<std::string> gpus_of_slot(std::uint32_t slot_on_node,
                                                    std::uint32_t gpus_per_cell,
                                                    std::span<const std::string> devices);

}  // namespace foundation::cluster
