#pragma once

/// Which sanitizers this was compiled with: gcc tells by macros, clang by features.
#if defined(__has_feature)
#define FOUNDATION_HAS_FEATURE(name) __has_feature(name)
#else
#define FOUNDATION_HAS_FEATURE(name) 0
#endif

namespace foundation::core {

#if defined(__SANITIZE_ADDRESS__) || FOUNDATION_HAS_FEATURE(address_sanitizer)
inline constexpr bool with_address_sanitizer = true;
#else
inline constexpr bool with_address_sanitizer = false;
#endif

#if defined(__SANITIZE_THREAD__) || FOUNDATION_HAS_FEATURE(thread_sanitizer)
inline constexpr bool with_thread_sanitizer = true;
#else
inline constexpr bool with_thread_sanitizer = false;
#endif

}  // namespace foundation::core

#undef FOUNDATION_HAS_FEATURE
