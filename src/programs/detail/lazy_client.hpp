#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "endpoints/budget.hpp"
#include "endpoints/client.hpp"

namespace foundation::programs::detail {

/// A client that is made when the first request needs it: whoever only looks at a job asks nobody
/// and leaves no cache behind. Thread-safe.
class LazyClient {
 public:
  /// Throws as endpoints::check_options does.
  explicit LazyClient(const endpoints::ClientOptions& options) : options_{options} {
    endpoints::check_options(options);
  }

  /// What it may ask for, where that is not its own affair. Before the first `get`.
  void share(std::shared_ptr<endpoints::Budget> budget) noexcept { budget_ = std::move(budget); }

  [[nodiscard]] endpoints::Client& get() const {
    const std::lock_guard lock{mutex_};
    if (!client_) client_ = std::make_unique<endpoints::Client>(options_, budget_);
    return *client_;
  }

  /// What it has asked for so far; empty: nothing.
  [[nodiscard]] std::string usage() const {
    const std::lock_guard lock{mutex_};
    return client_ ? endpoints::describe(client_->totals()) : std::string{};
  }

 private:
  endpoints::ClientOptions options_;
  std::shared_ptr<endpoints::Budget> budget_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<endpoints::Client> client_;
};

}  // namespace foundation::programs::detail
