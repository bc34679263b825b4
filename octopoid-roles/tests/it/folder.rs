//! Roles that are folders.

use octopoid_roles::folder::builtin_roles;

#[test]
fn the_built_in_roles_load() {
    let names: Vec<String> = builtin_roles().iter().map(|role| role.spec().name.to_string()).collect();
    assert_eq!(names, ["implement", "review"]);
}
