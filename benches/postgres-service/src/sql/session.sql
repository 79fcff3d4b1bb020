SELECT s.*, i.part_number FROM sessions s JOIN items i ON i.id = s.item_id WHERE s.id = $1 AND i.part_number = $2
