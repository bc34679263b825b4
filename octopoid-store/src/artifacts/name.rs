//! Names of folders: ids, such that two that differ only in case have two folders also where the file system ignores case.

/// Mark between the letters and the positions of the capitals. No id contains it.
const MARK: char = '~';

/// Returns the name of the folder of an id.
///
/// An id is a safe name itself; capital letters become small, and which those are is added in hexadecimal digits.
pub(super) fn folder_name(id: &str) -> String {
    let positions = id.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
    let capitals = positions.fold(0_u128, |mask, (at, _)| mask | 1_u128.wrapping_shl(at as u32));
    match capitals {
        0 => id.to_owned(),
        mask => format!("{}{MARK}{mask:x}", id.to_ascii_lowercase()),
    }
}

/// Returns the id that has this folder; `None` if no id has it.
pub(super) fn id_of(folder: &str) -> Option<String> {
    let Some((small, mask)) = folder.split_once(MARK) else {
        return (folder == folder.to_ascii_lowercase()).then(|| folder.to_owned());
    };
    let mask = u128::from_str_radix(mask, 16).ok()?;
    let is_capital = |at: usize| at < 128 && mask >> at & 1 == 1;
    let letters = small.chars().enumerate();
    let id: String = letters
        .map(|(at, letter)| if is_capital(at) { letter.to_ascii_uppercase() } else { letter })
        .collect();
    (folder_name(&id) == folder).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_differ_in_case_have_two_folders() {
        let long = "A".repeat(128);
        let ids = ["task-1", "Task-1", "TASK-1", "a.B_c-D", long.as_str(), "0"];
        let mut folders: Vec<_> = ids.iter().map(|id| folder_name(id)).collect();
        for (id, folder) in ids.iter().zip(&folders) {
            assert_eq!(id_of(folder).as_deref(), Some(*id));
            assert!(folder.len() <= 200 && *folder == folder.to_ascii_lowercase(), "{folder}");
        }
        folders.sort();
        folders.dedup();
        assert_eq!(folders.len(), ids.len());
        for foreign in ["Task-1", "task-1~0", "task-1~x", "task-1~80000000"] {
            assert_eq!(id_of(foreign), None, "{foreign}");
        }
    }
}
