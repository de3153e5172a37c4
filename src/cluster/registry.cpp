#include "cluster/registry.hpp"

#include <algorithm>
#include <utility>

namespace foundation::cluster {
namespace {

constexpr std::size_t kept_removals = 4096;

/// Sets, whatever order and repetition they were given in.
template <class T>
void normalise(std::vector<T>& items) {
  std::ranges::sort(items);
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

ServiceQuery normalised(ServiceQuery query) {
  normalise(query.capabilities);
  normalise(query.metadata);
  return query;
}

bool matches(const Service& service, const ServiceQuery& query) {
  return (query.name.empty() || service.name == query.name) &&
         std::ranges::includes(service.capabilities, query.capabilities) &&
         std::ranges::includes(service.metadata, query.metadata);
}

}  // namespace

bool Registry::add(Service service, core::Time now) {
  normalise(service.capabilities);
  normalise(service.metadata);
  const auto found = entries_.find(service.name);
  if (found != entries_.end() && found->second.service.holder != service.holder) return false;
  Entry& entry = entries_[service.name];
  entry = {std::move(service), now + lease_, ++version_};
  return true;
}

Registry::Entries::iterator Registry::take_out(Entries::iterator entry,
                                               std::vector<Service>* removed) {
  removals_.emplace(++version_, entry->first);
  if (removals_.size() > kept_removals) {
    oldest_delta_ = removals_.begin()->first;
    removals_.erase(removals_.begin());
  }
  if (removed != nullptr) removed->push_back(std::move(entry->second.service));
  return entries_.erase(entry);
}

template <class Condition>
std::vector<Service> Registry::remove_if(const Condition& condition) {
  std::vector<Service> removed;
  for (auto entry = entries_.begin(); entry != entries_.end();)
    entry = condition(entry->second) ? take_out(entry, &removed) : std::next(entry);
  return removed;
}

bool Registry::remove(std::string_view name, std::uint32_t holder) {
  const auto found = entries_.find(name);
  if (found == entries_.end() || found->second.service.holder != holder) return false;
  take_out(found, nullptr);
  return true;
}

std::vector<Service> Registry::remove_holder(std::uint32_t holder) {
  return remove_if([holder](const Entry& entry) { return entry.service.holder == holder; });
}

void Registry::renew(std::uint32_t holder, core::Time now) {
  for (auto& [name, entry] : entries_)
    if (entry.service.holder == holder) entry.lease_end = std::max(entry.lease_end, now + lease_);
}

std::vector<Service> Registry::expire(core::Time now) {
  return remove_if([now](const Entry& entry) { return entry.lease_end <= now; });
}

const Service* Registry::find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second.service;
}

std::vector<Service> Registry::discover(const ServiceQuery& query) const {
  const ServiceQuery wanted = normalised(query);
  std::vector<Service> found;
  for (const auto& [name, entry] : entries_)
    if (matches(entry.service, wanted)) found.push_back(entry.service);
  return found;
}

RegistryDelta Registry::delta(std::uint64_t since) const {
  RegistryDelta delta{
      .version = version_, .from_nothing = since < oldest_delta_, .present = {}, .removed = {}};
  for (const auto& [name, entry] : entries_)
    if (delta.from_nothing || entry.version > since) delta.present.push_back(entry.service);
  if (delta.from_nothing) return delta;
  for (auto removal = removals_.upper_bound(since); removal != removals_.end(); ++removal)
    if (!entries_.contains(removal->second)) delta.removed.push_back(removal->second);
  normalise(delta.removed);
  return delta;
}

void RegistryCopy::apply(const RegistryDelta& delta) {
  if (delta.version <= version_) return;
  if (delta.from_nothing) services_.clear();
  for (const std::string& name : delta.removed) services_.erase(name);
  for (const Service& service : delta.present) services_.insert_or_assign(service.name, service);
  version_ = delta.version;
}

std::vector<Service> RegistryCopy::discover(const ServiceQuery& query) const {
  const ServiceQuery wanted = normalised(query);
  std::vector<Service> found;
  for (const auto& [name, service] : services_)
    if (matches(service, wanted)) found.push_back(service);
  return found;
}

}  // namespace foundation::cluster
