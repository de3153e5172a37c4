#include "cluster/registry.hpp"

#include <algorithm>
#include <utility>

namespace foundation::cluster {
namespace {

/// Sets, whatever order and repetition they were given in.
template <class T>
void normalise(std::vector<T>& items) {
  std::ranges::sort(items);
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace

bool has_capabilities(const Service& service, std::span<const std::string> capabilities) {
  return std::ranges::all_of(capabilities, [&service](const std::string& wanted) {
    return std::ranges::find(service.capabilities, wanted) != service.capabilities.end();
  });
}

bool Registry::add(Service service, core::Time now) {
  normalise(service.capabilities);
  normalise(service.metadata);
  const auto found = entries_.find(service.name);
  if (found != entries_.end() && found->second.holder != service.holder) return false;
  core::Time& lease_end = lease_ends_[service.holder];
  lease_end = std::max(lease_end, now + lease_);
  changed_.insert(service.name);
  std::string name = service.name;
  entries_.insert_or_assign(std::move(name), std::move(service));
  return true;
}

void Registry::remove_holder(std::uint32_t holder) {
  lease_ends_.erase(holder);
  std::erase_if(entries_, [this, holder](const auto& entry) {
    if (entry.second.holder != holder) return false;
    changed_.insert(entry.first);
    return true;
  });
}

void Registry::renew(std::uint32_t holder, core::Time heard_at) {
  if (const auto lease = lease_ends_.find(holder); lease != lease_ends_.end())
    lease->second = std::max(lease->second, heard_at + lease_);
}

std::vector<std::uint32_t> Registry::expire(core::Time now) {
  std::vector<std::uint32_t> expired;
  for (const auto& [holder, lease_end] : lease_ends_)
    if (lease_end <= now) expired.push_back(holder);
  for (const std::uint32_t holder : expired) remove_holder(holder);
  return expired;
}

const Service* Registry::find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<std::uint32_t> Registry::holders() const {
  std::vector<std::uint32_t> holders;
  for (const auto& [holder, lease_end] : lease_ends_) holders.push_back(holder);
  return holders;
}

RegistryChanges Registry::take_changes(core::WallLabel at) {
  RegistryChanges changes{.present = {}, .ended = {}, .at = at};
  for (const std::string& name : std::exchange(changed_, {})) {
    if (const Service* service = find(name)) {
      changes.present.push_back(*service);
    } else {
      changes.ended.push_back(name);
    }
  }
  return changes;
}

}  // namespace foundation::cluster
